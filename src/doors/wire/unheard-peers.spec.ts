import { describe, expect, it } from '@jest/globals';
import { unheardPeers } from './unheard-peers.js';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     ';
/** Of Linux 6.1: a listener, a peer that answers, one that does not, one of another port, one that closes. */
const TABLE = [
  HEAD,
  '   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 715609 1 00000000c3660d1e 100 0 0 10 0                    ',
  '   1: 0100007F:1F40 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 715610 1 0000000061b9c672 20 4 30 10 -1                   ',
  '   2: 0100007F:1F40 0909090A:C351 01 00000029:00000000 01:00000042 0000000B  1000        0 715611 3 0000000061b9c673 112 4 30 1 7                    ',
  '   3: 0100007F:1F41 0909090A:C352 01 00000029:00000000 01:00000042 00000006     0        0 715612 3 0000000061b9c674 112 4 30 1 7                    ',
  '   4: 0100007F:1F40 0909090A:C353 04 00000029:00000000 01:00000042 00000006     0        0 0 3 0000000061b9c675 112 4 30 1 7                    ',
].join('\n');
const TABLE_6 = `${HEAD}\n   1: 0000000000000000FFFF00000100007F:1F40 0000000000000000FFFF00000909090A:0050 01 00000029:00000000 01:00000042 00000003     0        0 715613 3 0000000061b9c673 112 4 30 1 7`;

describe('peers that do not say that anything came', () => {
  it('are those of the port with something that was sent again', () => {
    expect(unheardPeers(TABLE, 8_000)).toEqual([{ remote_port: 50_001, times: 11, inode: '715611' }]);
    expect(unheardPeers(TABLE_6, 8_000)).toEqual([{ remote_port: 80, times: 3, inode: '715613' }]);
    expect(unheardPeers(TABLE, 8_002)).toEqual([]);
    expect(unheardPeers('', 8_000)).toEqual([]);
  });
});
