// Plays QEMU on the control connection (QMP) and on the console: node fake-qemu.mjs SCENARIO QMP CONSOLE
// QMP and CONSOLE are addresses in JSON. Node's `connect` accepts their form.
import { connect } from 'node:net'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { setImmediate } from 'node:timers'

const [scenario, qmpAddress, consoleAddress] = process.argv.slice(2)

/** The program sends `events` after the client has opened the command mode. `status` is its reply to query-status. */
const scenarios = {
  idle: { events: [] },
  'powers off': {
    events: [{ event: 'SHUTDOWN', data: { guest: true, reason: 'guest-shutdown' } }],
    exits: true,
  },
  panics: { events: [{ event: 'SHUTDOWN', data: { guest: true, reason: 'guest-reset' } }], exits: true },
  'breaks in the accelerator': { events: [{ event: 'STOP' }], status: 'internal-error' },
  'finds the disk full': {
    events: [{ event: 'BLOCK_IO_ERROR', data: { nospace: true } }, { event: 'STOP' }],
    status: 'io-error',
  },
  'ignores quit': { events: [], deaf: true },
}
const { events, status, exits, deaf } = scenarios[scenario]

const log = connect(JSON.parse(consoleAddress), () => log.write('berth: stage init\n'))
const qmp = connect(JSON.parse(qmpAddress), () =>
  send({ QMP: { version: { qemu: { major: 7, minor: 2, micro: 0 } }, capabilities: [] } }),
)
const send = (message) => qmp.write(`${JSON.stringify(message)}\r\n`)

createInterface({ input: qmp }).on('line', (line) => {
  const { execute, id } = JSON.parse(line)
  if (execute === 'quit' && deaf) return
  send({ return: execute === 'query-status' ? { status } : {}, id })
  if (execute === 'quit') process.exit(0)
  if (execute === 'cont') log.write('berth: stage continued\n')
  if (execute !== 'qmp_capabilities') return
  for (const event of events) send(event)
  if (exits) setImmediate(() => process.exit(0))
})
