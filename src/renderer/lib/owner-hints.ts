import type { Container } from '../../shared/containers'
import type { OwnerHint } from '../../shared/mounts'

/** Those about what a container has mounted. */
export function hintsOf({ mounts }: Pick<Container, 'mounts'>, hints: readonly OwnerHint[]): OwnerHint[] {
  return hints.filter(({ guestPath }) =>
    mounts.some(
      ({ type, source }) => type === 'bind' && (guestPath === source || guestPath.startsWith(`${source}/`)),
    ),
  )
}
