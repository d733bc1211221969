export { serveMessagePort } from './message-port'
export { type Api, createApi } from './router'
export { serveWebSocket } from './web-socket'
