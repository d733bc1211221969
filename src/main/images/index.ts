export { ImageTasks } from './image-tasks'
export { ensureBusyboxImage } from './base-image'
