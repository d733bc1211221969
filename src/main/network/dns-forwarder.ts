import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect, isIP, isIPv6 } from 'node:net'
import { message as reasonOf } from '../lib'
import { isResponseTo, rcode, rcodeOf, withLength, type DnsQuery } from './dns-message'

/**
 * `tryMs`: milliseconds until Berth asks the next server. `totalMs`: milliseconds for all servers together. A client in
 * the machine waits 4 s (the engine's resolver) or 5 s (libc). `rounds`: how often Berth asks each server.
 */
const limits = { tryMs: 1_500, totalMs: 4_500, rounds: 2 }

/** If a server responds with one of these codes, another server may know the answer. */
const undecided: number[] = [rcode.serverFailure, rcode.notImplemented, rcode.refused]

const dnsPort = 53

interface Endpoint {
  address: string
  port: number
}

export type ForwardQuery = typeof forwardQuery

/**
 * Sends a query to name servers, one after the other, over the transport on which the query arrived. Returns the
 * response unchanged. So every record type works, even a type that Berth does not know.
 * @throws the last server's failure if no server has responded
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

/** Parses the notations of Node's `getServers`: `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:5353`. */
function endpointOf(server: string): Endpoint {
  if (isIP(server) !== 0) return { address: server, port: dnsPort }
  const [, bracketed, plain = '', port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(server) ?? []
  return { address: bracketed ?? plain, port: Number(port) }
}

/** Returns a copy of the message with this id. An attacker who forges responses would have to guess a random id. */
function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message)
  copy.writeUInt16BE(id, 0)
  return copy
}

/**
 * Uses a new socket for each query. The system chooses the socket's port, which an attacker would also have to guess.
 */
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
    const fail = (error: Error) => {
      end(() => {
        reject(error)
      })
    }
    socket.once('error', fail)
    socket.on('message', (response) => {
      if (!isResponseTo(query, response)) return
      socket.removeAllListeners('message')
      end(() => {
        resolve(response)
      })
    })
    // A connected socket receives nothing from other senders. If nothing listens at the server's port, the socket emits
    // an error.
    socket.connect(port, address, (error?: Error) => {
      // The types of Node lack this parameter. The system refuses e.g. an address without a route (ENETUNREACH).
      if (error) fail(error)
      else socket.send(query)
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
