import type { IncomingMessage } from 'node:http'
import type { Logger } from '../host'
import type { ClientRequest } from './interceptor'

/** Watches requests of docker clients as they pass. It cannot change or delay them. */
export interface RequestObserver {
  /** Called when a request has arrived. Returns undefined for a request that is of no interest. */
  observe(request: ClientRequest): ObservedRequest | undefined
}

/** The life of one request, in this order. Only the methods up to the first failure are called. */
export interface ObservedRequest {
  /** The machine is ready for the request. */
  ready?(): void
  /** The client's own body. Called only if Berth reads the body. */
  body?(body: Buffer): void
  /** Berth sends the request to the engine. */
  sent?(): void
  /** The head of the engine's answer has arrived. */
  answered?(status: number): void
  /** The answer is on its way to the client. The observer may listen to its data. */
  relayed?(answer: IncomingMessage): void
  /** Berth, or the connection to the engine, has refused the request, or the client has left. */
  failed?(error: unknown): void
}

/** Passes everything on to an observer. An error of the observer is only logged, because the request must go on. */
export function harmless(observer: RequestObserver, log: Logger): RequestObserver {
  const attempt = <T>(act: () => T): T | undefined => {
    try {
      return act()
    } catch (error) {
      log.warn({ err: error }, 'could not observe a request')
      return undefined
    }
  }
  const observing = <Values extends unknown[]>(act: (...values: Values) => void) => {
    return (...values: Values): void => {
      attempt(() => {
        act(...values)
      })
    }
  }
  return {
    observe: (request) => {
      const observed = attempt(() => observer.observe(request))
      return (
        observed && {
          ready: observing(() => observed.ready?.()),
          body: observing((body: Buffer) => observed.body?.(body)),
          sent: observing(() => observed.sent?.()),
          answered: observing((status: number) => observed.answered?.(status)),
          relayed: observing((answer: IncomingMessage) => observed.relayed?.(answer)),
          failed: observing((error: unknown) => observed.failed?.(error)),
        }
      )
    },
  }
}
