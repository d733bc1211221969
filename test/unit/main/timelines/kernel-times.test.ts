import { expect, it } from 'vitest'
import { parseKernelTimes } from '../../../../src/main/timelines/kernel-times'

const now = Date.parse('2026-11-21T08:25:10.232Z')

it('turns ticks since the boot into times of day', () => {
  const times = parseKernelTimes(
    [
      '100.50',
      '2026-11-21 08:25:10.232816384 +0000',
      '10000 /usr/lib/berth/port-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 ',
      '9990 /usr/lib/berth/port-proxy -proto tcp -host-ip :: -host-port 8080 -container-ip 172.17.0.2 ',
      '10040 init',
      '',
    ].join('\n'),
  )
  expect(times.init).toBe(now - 100)
  expect([...times.proxies]).toEqual([['8080/tcp', now - 600]])
})

it.each(['', '1.00 2\nnot a day\n5 init\n', 'a\nb\nc'])('finds nothing in other text: %j', (text) => {
  expect(parseKernelTimes(text)).toEqual({ init: undefined, proxies: new Map() })
})
