import { readSchema } from './read.ts'
import { resolveSchema } from './resolve.ts'
import { tablesOf } from './tables.ts'
import { classesSource, classTypesSource, objectTypesSource } from './types.ts'

/** The generated files, by name, from a copy of github.com/ocsf/ocsf-schema. */
export function generateOcsf(folder: string): Record<string, string> {
  const schema = resolveSchema(readSchema(folder))
  return {
    'classes.ts': classesSource(schema),
    'class-types.ts': classTypesSource(schema),
    'object-types.ts': objectTypesSource(schema),
    'tables.json': `${JSON.stringify(tablesOf(schema))}\n`,
  }
}
