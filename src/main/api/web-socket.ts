import type { WebSocket } from 'ws'
import { serve } from './carrier'
import type { Connection } from './connection'
import type { Api } from './router'

/** RFC 6455, section 7.4.1: a message that violates the endpoint's policy, or is of a kind it does not take. */
const policyViolation = 1008
/** Bytes. Sessions have credit; a client that leaves this much of the rest unread has stopped and is dropped. */
const unreadLimit = 64_000_000

/** Serves the contract on a socket that has been let in, until it closes. Closing the connection closes the socket. */
export function serveWebSocket(api: Api, socket: WebSocket): Connection {
  const { connection, receive } = serve(api, {
    send: (message) => {
      if (socket.bufferedAmount > unreadLimit) socket.terminate()
      else socket.send(message)
    },
    close: () => {
      socket.close(policyViolation)
    },
  })
  socket.on('message', (data: Buffer, isBinary) => {
    receive(isBinary ? undefined : data.toString('utf8'))
  })
  socket.on('close', () => {
    connection.close()
  })
  // A close always follows; ws reports protocol errors and messages above the limit here.
  socket.on('error', (error) => {
    api.log.warn({ err: error }, 'a web socket failed')
  })
  return connection
}
