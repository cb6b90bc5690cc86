import type { GivenResults, ToolResult } from '../../conversations/give-results.js';
import type { FieldProblem } from '../../core/kernel/parley-error.js';
import { invalidRequest } from '../wire/validation.js';
import { refusal, RPC_CODES, type RpcOutcome } from '../wire/json-rpc.js';
import type { ToolResultDto } from './session.dto.js';

const RESULTS = '/params/results';
const FAILED = 'the tool failed';

/**
 * What a client says came of its tools, as the model is told it: text as it is, anything else as JSON.
 *
 * @throws ParleyError `invalid_request` for one that says neither what came of it nor that it failed
 */
export function readResults(results: readonly ToolResultDto[]): readonly ToolResult[] {
  const problems: FieldProblem[] = [];
  const read = results.map((given, index): ToolResult => {
    const { tool_call_id, result } = given;
    const failure = failureOf(given);
    if (failure !== undefined) return { tool_call_id, is_error: true, result: `Error: ${failure}` };
    if (result === undefined) {
      problems.push({
        pointer: `${RESULTS}/${index}/result`,
        message: 'is missing, and so are "is_error" and "error"',
      });
    }
    return { tool_call_id, is_error: false, result: textOf(result) };
  });
  if (problems.length > 0) throw invalidRequest(problems);
  return read;
}

/** How results were received, in the words of the documented protocol. */
export function received(given: GivenResults): RpcOutcome {
  switch (given.kind) {
    case 'accepted':
      return status('received_and_processed');
    case 'unknown_run':
      return status('received_ignored_unknown_task');
    case 'ended':
      return status('received_ignored_no_pending_call_in_task_state');
    case 'none_awaited':
      return refusal(RPC_CODES.internal_error, 'Cannot process tool result while generation is active');
    case 'mismatch': {
      const { required, received: ids, missing, extra } = given;
      const data = { required_ids: required, received_ids: ids, missing_ids: missing, extra_ids: extra };
      return refusal(
        RPC_CODES.invalid_params,
        'Invalid tool_result params: these are not the calls that are awaited',
        data,
      );
    }
  }
}

/** Nothing was given, and nothing is taken for it. */
export const EMPTY_RESULTS: RpcOutcome = status('received_empty_results_unexpectedly');
/** A task that cannot be one of the session. */
export const UNKNOWN_TASK: RpcOutcome = status('received_ignored_unknown_task');

function status(word: string): RpcOutcome {
  return { result: { status: word } };
}

function failureOf({ is_error, isError, error_message, error, result }: ToolResultDto): string | undefined {
  if (typeof error === 'string') return error;
  if (is_error !== true && isError !== true) return undefined;
  return error_message ?? (result === undefined || result === null ? FAILED : textOf(result));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
