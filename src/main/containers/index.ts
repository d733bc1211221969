export { restartContainer, runContainer, startContainer } from './run'
