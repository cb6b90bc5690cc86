'use strict';
module.exports = function parsePhoneNumber() {
  throw new Error('libphonenumber-js is left out of this install: isPhoneNumber is not available');
};
module.exports.default = module.exports;
module.exports.parsePhoneNumber = module.exports;
