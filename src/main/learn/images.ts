import { learnImages, learnLabel } from '../../shared/lessons'
import { ensureBusyboxImage } from '../images'
import { helloPrograms, nodePrograms } from './programs'

export type LearnImage = keyof typeof learnImages

const programs = { hello: helloPrograms, node: nodePrograms }
const commands = { hello: '["hello"]', node: '["sh"]' }

/**
 * Makes an image of Learn from the machine's own busybox, if the engine does not have the image.
 * @throws BerthError as `ensureBusyboxImage`
 */
export async function ensureLearnImage(
  options: Parameters<typeof ensureBusyboxImage>[0],
  image: LearnImage,
): Promise<void> {
  await ensureBusyboxImage(options, {
    reference: learnImages[image],
    title: `learn-${image}`,
    changes: [`LABEL ${learnLabel}="image"`, `CMD ${commands[image]}`],
    files: Object.entries(programs[image]).map(([name, text]) => ({
      path: `usr/local/bin/${name}`,
      text,
      isProgram: true,
    })),
  })
}
