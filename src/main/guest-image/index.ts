export { downloadGuestImage, releaseUrl } from './guest-download'
export {
  findGuestImage,
  type GuestImage,
  openGuestImage,
  type ReportProgress,
  verifyGuestImage,
} from './guest-image'
export { chooseGuestImage, type ChosenImage, GuestSystem } from './guest-system'
export { renewImage, wantNewImage } from './image-renewal'
export { imageFolder } from './image-store'
