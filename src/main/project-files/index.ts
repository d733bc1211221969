export { ProjectFiles } from './project-files'
