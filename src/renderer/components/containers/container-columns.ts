import { isActive, type Container } from '../../../shared/containers'
import { projectOf } from '../../lib/containers'
import type { TableColumn } from '../../lib/table'

/**
 * The columns of the list of containers, in their default order. For each key, the page has a slot with the cell.
 * `t` returns the texts, and `use` the latest measurements of a running container.
 */
export function containerColumns(
  t: (key: string) => string,
  use: (id: string) => { cpu: number | undefined; memory: number | undefined } | undefined,
): TableColumn<Container>[] {
  return [
    {
      key: 'name',
      label: t('containers.column.name'),
      least: 88,
      width: 'minmax(5.5rem, 1.8fr)',
      fixed: true,
      sort: ({ name }) => name,
    },
    {
      key: 'status',
      label: t('containers.column.status'),
      least: 192,
      width: 'minmax(min(12rem, 30%), 1fr)',
      from: 360,
      sort: (container) =>
        isActive(container)
          ? -(container.startedAt ?? 0)
          : Number.MAX_SAFE_INTEGER - (container.finishedAt ?? 0),
    },
    {
      key: 'ports',
      label: t('containers.column.ports'),
      least: 124,
      width: 'minmax(7.75rem, 0.7fr)',
      from: 560,
    },
    {
      key: 'cpu',
      label: t('containers.column.cpu'),
      least: 100,
      width: '6.25rem',
      from: 700,
      align: 'end',
      sort: ({ id }) => -(use(id)?.cpu ?? -1),
    },
    {
      key: 'memory',
      label: t('containers.column.memory'),
      least: 112,
      width: '7rem',
      from: 860,
      align: 'end',
      sort: ({ id }) => -(use(id)?.memory ?? -1),
    },
    {
      key: 'image',
      label: t('containers.column.image'),
      least: 104,
      width: 'minmax(6.5rem, 1.1fr)',
      from: 660,
      sort: ({ image }) => image,
    },
    {
      key: 'project',
      label: t('containers.column.project'),
      least: 96,
      width: 'minmax(6rem, 0.7fr)',
      from: 660,
      optional: true,
      sort: (container) => projectOf(container) ?? '',
    },
    {
      key: 'networks',
      label: t('containers.column.networks'),
      least: 96,
      width: 'minmax(6rem, 0.7fr)',
      from: 660,
      optional: true,
      sort: ({ networks }) => networks.join(),
    },
    {
      key: 'command',
      label: t('containers.column.command'),
      least: 80,
      width: 'minmax(5rem, 1fr)',
      from: 1240,
      sort: ({ command }) => command,
    },
    {
      key: 'created',
      label: t('containers.column.created'),
      least: 120,
      width: 'minmax(7.5rem, 0.5fr)',
      from: 1020,
      sort: ({ createdAt }) => -createdAt,
    },
    {
      key: 'id',
      label: t('containers.column.id'),
      least: 92,
      width: '5.75rem',
      from: 1140,
      sort: ({ id }) => id,
    },
  ]
}
