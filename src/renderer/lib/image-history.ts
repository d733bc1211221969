import type { ImageStep } from '../../shared/images'

export interface Instruction {
  /** The instruction's name in a Dockerfile, such as `RUN`. Empty if the builder has recorded none. */
  name: string
  text: string
}

const names =
  /^(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)\s+/

/**
 * Turns a step of an image's history into the instruction of its Dockerfile. The old builder records
 * `/bin/sh -c #(nop)  CMD ["sh"]` for an instruction without a layer, and the bare shell command for RUN. BuildKit
 * records `RUN /bin/sh -c make # buildkit`. A RUN with build arguments begins with their number and values: `|1 A=b`.
 */
export function instructionOf({ createdBy, comment }: Pick<ImageStep, 'createdBy' | 'comment'>): Instruction {
  const text = createdBy.trim().replace(/\s*# buildkit$/, '')
  if (text === '') return { name: '', text: comment.trim() }
  const nop = /^(?:\S*\/)?sh -c #\(nop\)\s+/.exec(text)
  if (nop !== null) return split(text.slice(nop[0].length))
  const withName = split(text)
  if (withName.name !== '' && withName.name !== 'RUN') return withName
  const command = withName.text.replace(/^\|\d+ .*?(?=\/bin\/sh -c )/s, '')
  const inShell = /^\/bin\/sh -c (.*)$/s.exec(command)
  if (inShell !== null) return { name: 'RUN', text: inShell[1] ?? '' }
  return withName
}

function split(text: string): Instruction {
  const match = names.exec(text)
  return match === null ? { name: '', text } : { name: match[1] ?? '', text: text.slice(match[0].length) }
}
