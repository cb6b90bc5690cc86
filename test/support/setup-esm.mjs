// CommonJS packages that require() Nest fail in jest's ESM mode unless Nest was imported first.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
