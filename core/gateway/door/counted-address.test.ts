import { describe, expect, it } from 'vitest';
import { countedAddress, networkOf } from './counted-address.ts';

describe('an address is counted', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:0DB8:0000:0001:ffff::1', '2001:db8:0:1::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['1:2:3:4:5:6:192.0.2.7', '1:2:3:4::/64'],
    ['', 'unknown'],
    [undefined, 'unknown'],
    ['unix', 'unknown'],
    ['192.0.2.7, 10.0.0.1', 'unknown'],
  ])('%s as %s', (address, counted) => {
    expect(countedAddress(address)).toBe(counted);
  });

  it('with its network, when there are too many', () => {
    expect(networkOf('192.0.2.7')).toBe('192.0');
    expect(networkOf(countedAddress('2001:db8:7:1::1'))).toBe(networkOf(countedAddress('2001:db8:7:ff::1')));
  });
});
