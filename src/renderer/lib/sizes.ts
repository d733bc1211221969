export { parseSize, writeSize } from '../../shared/sizes'
