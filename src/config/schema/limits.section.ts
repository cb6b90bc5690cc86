import { decimal, Key, size, wholeNumber } from './rules.js';

const MANY = 1_000_000_000;
const DAY = 86_400;
const KIB = 1024;
const MIB = 1024 * KIB;

/** `limits:`. Sizes in a file are bytes or texts with a unit. */
export class LimitsSection {
  /** Body of a request. */
  @Key(size()) body_bytes: number | string = MIB;
  /** One message of a conversation. */
  @Key(size()) message_bytes: number | string = 256 * KIB;
  @Key(wholeNumber(1, MANY)) history_messages = 500;
  @Key(wholeNumber(1, 1000)) json_depth = 32;
  /** Values in a body. */
  @Key(wholeNumber(1, MANY)) json_nodes = 10_000;
  /** Of one object in a body. */
  @Key(wholeNumber(1, MANY)) json_keys = 1000;
  @Key(size()) socket_frame_bytes: number | string = 256 * KIB;
  @Key(wholeNumber(1, MANY)) socket_frames_per_second = 100;
  /** Of one message on a socket. */
  @Key(wholeNumber(1, MANY)) socket_fragments = 64;
  @Key(wholeNumber(1, MANY)) sockets_per_key = 200;
  @Key(wholeNumber(1, MANY)) streams_per_key = 5000;
  /** Of one key. */
  @Key(wholeNumber(1, MANY)) requests_per_minute?: number;
  /** Of one address; beyond it the answer to a wrong key is 429. */
  @Key(wholeNumber(1, MANY)) wrong_keys_per_minute = 100;
  @Key(wholeNumber(1, MANY)) running_runs_per_key = 256;
  /** Runs of all keys together. */
  @Key(wholeNumber(1, MANY)) active_runs = 5000;
  /** In one conversation. */
  @Key(wholeNumber(1, 10_000)) agents = 64;
  /** Made by one key at run time; those of the configuration do not count. */
  @Key(wholeNumber(0, 100_000)) agents_per_key = 1000;
  /** Of one conversation. */
  @Key(wholeNumber(1, MANY)) turns = 1000;
  /** One answer of a model. */
  @Key(size()) answer_bytes: number | string = 8 * MIB;
  @Key(size()) upstream_line_bytes: number | string = MIB;
  @Key(size()) tool_result_bytes: number | string = 64 * KIB;
  /** Of one agent, at the same time. */
  @Key(wholeNumber(1, 1000)) tools_at_once = 5;
  @Key(wholeNumber(1, 10_000)) tool_calls_per_message = 16;
  @Key(wholeNumber(0, 10_000)) tool_rounds = 10;
  @Key(decimal(0.001, DAY)) tool_seconds = 30;
  @Key(decimal(0.001, 30 * DAY)) client_tool_seconds = 300;
  /** A session of a JSON-RPC client without a run. */
  @Key(decimal(0.001, 365 * DAY)) session_idle_seconds = DAY;
  /** A person's time for an action. */
  @Key(decimal(0.001, 30 * DAY)) human_turn_seconds = 3600;
  @Key(decimal(0.001, 30 * DAY)) run_seconds = 900;
  @Key(decimal(0.001, 30 * DAY)) multi_agent_run_seconds = 7200;
  /** Text of messages still being written, of all conversations together. */
  @Key(size()) open_text_bytes: number | string = 512 * MIB;
}
