import { pause } from '../shared/pause.js';
import { oneText, textArgument, type BuiltInFactory } from './built-in-tool.js';

const DELAY_MS = 300;

/** Abbreviations of standard times, which have no summer. In names of this form the sign is the other way round. */
const ABBREVIATIONS: ReadonlyMap<string, string> = new Map([
  ['UTC', 'UTC'],
  ['GMT', 'UTC'],
  ['EST', 'Etc/GMT+5'],
  ['PST', 'Etc/GMT+8'],
  ['JST', 'Asia/Tokyo'],
  ['AEST', 'Etc/GMT-10'],
]);

/** The time of the server's clock in a time zone. */
export const getTime: BuiltInFactory = ({ clock }) => ({
  name: 'get_time',
  label: 'Clock',
  description: 'Tells the current time and date in a time zone.',
  parameters: oneText('timezone', 'An IANA name such as Europe/Paris, or UTC, GMT, EST, PST, JST, AEST', {
    default: 'UTC',
  }),
  async execute(args, { signal }) {
    await pause(clock, DELAY_MS, signal);
    const zone = textArgument(args, 'timezone', 'UTC');
    const time = timeIn(ABBREVIATIONS.get(zone) ?? zone, clock.now());
    return { content: time === undefined ? `Unknown timezone: ${zone}` : `Current time in ${zone}: ${time}` };
  },
});

/** Such as `12:30 PM (Saturday, November 21, 2026)`; undefined for a zone that does not exist. */
function timeIn(zone: string, now: number): string | undefined {
  try {
    const time = new Intl.DateTimeFormat('en-US', { timeZone: zone, hour: 'numeric', minute: '2-digit' });
    const date = new Intl.DateTimeFormat('en-US', { timeZone: zone, dateStyle: 'full' });
    // Newer locale data puts a narrow space before AM and PM.
    return `${time.format(now).replace(/\s/g, ' ')} (${date.format(now)})`;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
