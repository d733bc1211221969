export { ImageTasks } from './image-tasks'
