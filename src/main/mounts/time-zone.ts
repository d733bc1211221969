const hourMs = 3_600_000
/**
 * The period in which transitions are searched, in steps of six days. The closest transitions are a week apart (in
 * America/Recife, in 2000).
 */
const range = { first: Date.UTC(1970, 0, 1), last: Date.UTC(2100, 0, 1) }
const stepMs = 24 * hourMs * 6

interface LocalTime {
  /** Seconds east of UTC. */
  offset: number
  abbreviation: string
}

/**
 * Returns a time zone in the format of `/etc/localtime` (TZif version 2, RFC 8536). The data comes from JavaScript's
 * own table, because Windows has no such file.
 */
export function timeZoneFile(zone: string): Buffer {
  const timeAt = localTimes(zone)
  const transitions: { at: number; to: LocalTime }[] = []
  const first = timeAt(range.first)
  let [before, earlier] = [first, range.first]
  for (let at = range.first + stepMs; at <= range.last; at += stepMs) {
    const now = timeAt(at)
    if (!isSame(now, before)) transitions.push({ at: firstSecond(timeAt, before, earlier, at), to: now })
    before = now
    earlier = at
  }
  const types = [first, ...transitions.map(({ to }) => to)].filter(
    (type, index, all) => all.findIndex((other) => isSame(other, type)) === index,
  )
  const indexOf = (type: LocalTime) => types.findIndex((other) => isSame(other, type))
  const names = [...new Set(types.map(({ abbreviation }) => abbreviation))]
  const nameAt = (name: string) =>
    names.slice(0, names.indexOf(name)).reduce((length, other) => length + other.length + 1, 0)
  const text = Buffer.from(names.map((name) => `${name}\0`).join(''), 'latin1')
  const body = Buffer.concat([
    ...transitions.map(({ at }) => int64(at)),
    Buffer.from(transitions.map(({ to }) => indexOf(to))),
    ...types.map(({ offset, abbreviation }) =>
      Buffer.concat([int32(offset), Buffer.from([0, nameAt(abbreviation)])]),
    ),
    text,
  ])
  // Readers of version 2 skip the first block, but the block must have one type.
  const empty = Buffer.concat([header(0, 1, 1), Buffer.from([0, 0, 0, 0, 0, 0, 0])])
  return Buffer.concat([
    empty,
    header(transitions.length, types.length, text.length),
    body,
    Buffer.from('\n\n'),
  ])
}

function header(transitions: number, types: number, text: number): Buffer {
  const counts = [0, 0, 0, transitions, types, text].map(int32)
  return Buffer.concat([Buffer.from('TZif2'), Buffer.alloc(15), ...counts])
}

/** The time of the transition between two times, as Unix time in seconds. */
function firstSecond(
  timeAt: (at: number) => LocalTime,
  before: LocalTime,
  earlier: number,
  later: number,
): number {
  let [low, high] = [earlier / 1000, later / 1000]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (isSame(timeAt(middle * 1000), before)) low = middle
    else high = middle
  }
  return high
}

function localTimes(zone: string): (at: number) => LocalTime {
  const parts = { year: 'numeric', month: 'numeric', day: 'numeric' } as const
  const clock = { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' } as const
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    ...parts,
    ...clock,
    timeZoneName: 'short',
  })
  return (at) => {
    const found = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
    const value = (name: string) => Number(found[name])
    const local = Date.UTC(
      value('year'),
      value('month') - 1,
      value('day'),
      value('hour'),
      value('minute'),
      value('second'),
    )
    return {
      offset: (local - at) / 1000,
      abbreviation: abbreviation(found.timeZoneName ?? '', (local - at) / 1000),
    }
  }
}

/** Returns a name of capital letters or, if the zone has none, its offset, such as `+09`. */
function abbreviation(name: string, offset: number): string {
  if (/^[A-Z]{3,6}$/.test(name)) return name
  const minutes = Math.abs(Math.round(offset / 60))
  const two = (number: number) => String(number).padStart(2, '0')
  const rest = minutes % 60 === 0 ? '' : two(minutes % 60)
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${rest}`
}

function isSame(one: LocalTime, other: LocalTime): boolean {
  return one.offset === other.offset && one.abbreviation === other.abbreviation
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}
