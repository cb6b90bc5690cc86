import { Command, CommanderError } from 'commander';
import { VERSION } from '../runtime/version.js';
import { EXIT } from './exit-codes.js';
import { guarded } from './guarded.js';
import { endWithReader } from './reader-gone.js';

type Flags = Readonly<Record<string, unknown>>;
type Run = (flags: Flags, ...operands: readonly string[]) => Promise<number>;

// A command's code is loaded when it is run: a health check does not wait for all that a server needs.
const serve: Run = async (flags) => (await import('./serve.js')).serve(flags);
const checkConfig: Run = async (flags) => (await import('./check-config.js')).checkConfig(flags);
const checkHealth: Run = async (flags) => (await import('./check-health.js')).checkHealth(flags);
const demo: Run = async (flags) => (await import('./demo.js')).demo(flags);
const run: Run = async (flags, file = '') => (await import('./run-scenario.js')).runScenario(flags, file);
const chat: Run = async (flags) => (await import('./chat.js')).chat(flags);

/**
 * Runs a command line. Options may stand before or after the command; without a command the server is started.
 *
 * @returns the exit code
 */
export async function runCli(args: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  const program = new Command('parley')
    .description('Parley, the conversation server for LLM agents')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(see parley --help)');
  const add = (command: Command, start: Run): void => {
    command.action(async () => {
      // An option given before the command belongs to the program; one given after it counts more.
      const flags = { ...program.opts<Flags>(), ...command.opts<Flags>() };
      // A server outlives whoever reads its first lines.
      if (start !== serve) endWithReader();
      code = await guarded(() => start(flags, ...command.args));
    });
  };
  add(serverOptions(program), serve);
  add(serverOptions(program.command('serve').description('start the server (the default)')), serve);
  add(
    checkOptions(program.command('check-config').description('check a configuration and list all its problems')),
    checkConfig,
  );
  add(
    healthOptions(program.command('check-health').description('ask a running server whether it is ready')),
    checkHealth,
  );
  add(
    demoOptions(program.command('demo').description('watch two agents converse, live, and how they are judged')),
    demo,
  );
  add(runOptions(program.command('run').description('hold the conversation that a file describes, live')), run);
  add(chatOptions(program.command('chat').description('chat with an agent at this terminal')), chat);
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    throw error;
  }
  return code;
}

function configOption(command: Command): Command {
  return command.option('-c, --config <path>', 'configuration: a file, or a folder of *.yaml files');
}

function pluginOption(command: Command): Command {
  return command.option('--plugin <module>', 'a plugin: ./file.js or a package (may be repeated)', collect);
}

function collect(given: string, before: readonly string[] = []): readonly string[] {
  return [...before, given];
}

function serverOptions(command: Command): Command {
  return pluginOption(configOption(command))
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--port <number>', 'port to listen on (default 8000; 0: any)')
    .option('-v, --verbose', 'log what is done, not only what goes wrong');
}

function checkOptions(command: Command): Command {
  return pluginOption(configOption(command))
    .option('--host <address>', 'as it would be served on')
    .option('--port <number>', 'as it would be served on')
    .option('--json', 'as JSON');
}

function healthOptions(command: Command): Command {
  return configOption(command)
    .option('--host <address>', 'host of the server')
    .option('--port <number>', 'port of the server')
    .option('--url <url>', 'base address of the server (default: from the configuration)')
    .option('--json', 'as JSON');
}

function targetOptions(command: Command): Command {
  return pluginOption(configOption(command))
    .option('--url <url>', 'a running server (default: one of its own, which keeps nothing)')
    .option('--key <key>', 'API key of the server at --url (better: PARLEY_API_KEY)');
}

function runOptions(command: Command): Command {
  return targetOptions(command.argument('<scenario>', 'a file: the body of POST /conversations in YAML'))
    .option('--model <name>', 'for agents that name none')
    .option('--turns <number>', 'turns at the most')
    .option('--seed <number>', 'the same seed, the same choices')
    .option('--json', 'the finished conversation as JSON, and nothing else');
}

function chatOptions(command: Command): Command {
  return targetOptions(command)
    .option('--agent <key>', 'whom to talk with', 'default')
    .option('--model <name>', 'instead of the model of the agent')
    .option('--instructions <text>', 'instead of those of the agent')
    .option('--conversation <id>', 'go on in this conversation')
    .option('--message <text>', 'say this, print the answer, and end')
    .option('--json', 'each answer as a line of JSON');
}

function demoOptions(command: Command): Command {
  return pluginOption(configOption(command))
    .option('--agents <names...>', 'who takes part', ['Alice', 'Bob'])
    .option('--model <name>', 'a configured model (default: the offline demo model)')
    .option('--scenario <text>', 'what it is about', 'Two friends plan a weekend trip together')
    .option('--turns <number>', 'turns at the most', '8')
    .option('--seed <number>', 'the same seed, the same conversation')
    .option('--json', 'the finished conversation as JSON, and nothing else');
}
