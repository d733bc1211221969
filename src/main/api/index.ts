export { serveMessagePort, serveWebSocket } from './carriers'
export { type Api, createApi } from './router'
