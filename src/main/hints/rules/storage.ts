import type { FindingOf } from '../../../shared/hints'
import type { Subject } from '../subject'

/** Less than this in the layer of a container is not worth a hint. Bytes. */
const leastData = 50_000_000
/** A smaller log is not worth a hint. Bytes. */
const leastLog = 100_000_000

/** The container keeps data that are lost when it is removed. */
export function layerDataRule({ layer }: Subject): FindingOf<'layer-data'> | undefined {
  return layer === undefined || layer.written < leastData ? undefined : { rule: 'layer-data', ...layer }
}

/** The log's file is large and has no maximum. */
export function logRule({ setup, logSize }: Subject): FindingOf<'log'> | undefined {
  if (!growsForever(setup) || logSize === undefined || logSize < leastLog) return undefined
  return { rule: 'log', size: logSize }
}

/** The driver json-file has no maximum by default. */
export function growsForever({ log }: Pick<Subject['setup'], 'log'>): boolean {
  return log.driver === 'json-file' && !log.limited
}
