export { Downloads, type TakenDownload } from './downloads'
export { Uploads } from './uploads'
