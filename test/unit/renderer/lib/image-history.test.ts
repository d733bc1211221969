import { describe, expect, it } from 'vitest'
import { instructionOf } from '../../../../src/renderer/lib/image-history'

describe('the instruction of a step in an image’s history', () => {
  it.each([
    // The old builder.
    ['/bin/sh -c #(nop)  CMD ["sh"]', 'CMD', '["sh"]'],
    ['/bin/sh -c #(nop) ADD file:4c2a in / ', 'ADD', 'file:4c2a in /'],
    ['/bin/sh -c apt-get update', 'RUN', 'apt-get update'],
    ['|1 VERSION=1.2 /bin/sh -c make VERSION', 'RUN', 'make VERSION'],
    // BuildKit.
    ['RUN /bin/sh -c npm ci # buildkit', 'RUN', 'npm ci'],
    ['RUN |2 A=1 B=two words /bin/sh -c make # buildkit', 'RUN', 'make'],
    ['COPY . /app # buildkit', 'COPY', '. /app'],
    ['ENV PATH=/usr/bin:/bin', 'ENV', 'PATH=/usr/bin:/bin'],
    ['CMD ["/bin/sh -c true"]', 'CMD', '["/bin/sh -c true"]'],
    ['RUN bash -o pipefail -c make # buildkit', 'RUN', 'bash -o pipefail -c make'],
    // Other tools.
    ['bazel build ...', '', 'bazel build ...'],
    ['RUN /bin/sh -c first &&\n second # buildkit', 'RUN', 'first &&\n second'],
  ])('is read from %j', (createdBy, name, text) => {
    expect(instructionOf({ createdBy, comment: '' })).toEqual({ name, text })
  })

  it('is the comment if the builder has recorded no command', () => {
    expect(instructionOf({ createdBy: '', comment: 'Imported from -' })).toEqual({
      name: '',
      text: 'Imported from -',
    })
  })
})
