import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect, isIP, isIPv6 } from 'node:net'
import { message as reasonOf } from '../lib'
import { isResponseTo, rcode, rcodeOf, withLength, type DnsQuery } from './dns-message'

/**
 * Milliseconds until the next server is asked, and for all servers together. A client in the machine waits 4 s (the
 * engine's resolver) or 5 s (libc). `rounds`: how often each server is asked.
 */
const limits = { tryMs: 1_500, totalMs: 4_500, rounds: 2 }

/** With these codes a server says that another one may know more. */
const undecided: number[] = [rcode.serverFailure, rcode.notImplemented, rcode.refused]

const dnsPort = 53

interface Endpoint {
  address: string
  port: number
}

export type ForwardQuery = typeof forwardQuery

/**
 * Passes a query on to name servers, one after the other, over the transport that it came by. Returns the response
 * unchanged, so that every type of record works, also one that nobody here knows.
 * @throws the last server's failure when none has responded
 */
export async function forwardQuery(
  { message, transport }: Pick<DnsQuery, 'message' | 'transport'>,
  servers: readonly string[],
): Promise<Buffer> {
  const send = transport === 'udp' ? sendOverUdp : sendOverTcp
  const end = performance.now() + limits.totalMs
  let failure: unknown = new Error('there is no name server')
  let last: Buffer | undefined
  for (let round = 1; round <= limits.rounds && last === undefined; round++) {
    for (const server of servers) {
      const milliseconds = Math.min(limits.tryMs, end - performance.now())
      if (milliseconds <= 0) break
      try {
        const response = await send(withId(message, randomInt(0x10000)), endpointOf(server), milliseconds)
        last = withId(response, message.readUInt16BE(0))
        if (!undecided.includes(rcodeOf(last))) return last
      } catch (error) {
        failure = new Error(`${server}: ${reasonOf(error)}`, { cause: error })
      }
    }
  }
  if (last === undefined) throw failure
  return last
}

/** The notations of Node's `getServers`: `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:5353`. */
function endpointOf(server: string): Endpoint {
  if (isIP(server) !== 0) return { address: server, port: dnsPort }
  const [, bracketed, plain = '', port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(server) ?? []
  return { address: bracketed ?? plain, port: Number(port) }
}

/** A new id, which somebody who forges responses would have to guess. */
function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message)
  copy.writeUInt16BE(id, 0)
  return copy
}

/** A socket for each query: its port, chosen by the system, is the other thing that a forger would have to guess. */
function sendOverUdp(query: Buffer, { address, port }: Endpoint, milliseconds: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    const end = (settle: () => void) => {
      clearTimeout(timer)
      socket.removeAllListeners('error').on('error', () => undefined)
      socket.close()
      settle()
    }
    const timer = setTimeout(() => {
      end(() => {
        reject(noResponse())
      })
    }, milliseconds)
    socket.once('error', (error) => {
      end(() => {
        reject(error)
      })
    })
    socket.on('message', (response) => {
      if (!isResponseTo(query, response)) return
      socket.removeAllListeners('message')
      end(() => {
        resolve(response)
      })
    })
    // Connected, the socket receives nothing from other senders, and is notified when nobody listens there.
    socket.connect(port, address, () => {
      socket.send(query)
    })
  })
}

function sendOverTcp(query: Buffer, { address, port }: Endpoint, milliseconds: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port })
    let held = Buffer.alloc(0)
    const timer = setTimeout(() => socket.destroy(noResponse()), milliseconds)
    socket.once('error', reject)
    socket.once('close', () => {
      clearTimeout(timer)
      reject(new Error('the connection was closed'))
    })
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk])
      if (held.length < 2 || held.length < 2 + held.readUInt16BE(0)) return
      const response = held.subarray(2, 2 + held.readUInt16BE(0))
      if (isResponseTo(query, response)) resolve(response)
      socket.destroy()
    })
    socket.write(withLength(query))
  })
}

function noResponse(): Error {
  return new Error('no response in time')
}
