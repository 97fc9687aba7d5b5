import { basename } from 'node:path'

import type { Way } from '../way.ts'
import { filesBeside } from './files.ts'
import { tailStream } from './tail.ts'

export const tailWay: Way<'tail'> = {
  secrets: [],
  lent: [],
  streams: (name, parts) => [tailStream(name, parts)],
  setup: ({ path }) => [
    `the user Cordon runs as must be able to read \`${path}\` and its folder, which stands in \`logFolders\` of cordon.yaml`,
    'rotate by rename, or by copytruncate; compress no sooner than at the next rotation (`delaycompress` of logrotate)',
  ],
  blind: () => [
    'what is written to the file and gone before it is read, at most a second later, is a gap',
    'whoever can write the file can write anything into it',
  ],
  async check({ path }, _, { folders }) {
    const files = await filesBeside(path, folders)
    const isThere = files.some(({ name }) => name === basename(path))
    return { missing: isThere ? [] : [`there is no file \`${path}\` yet`], says: [`follows \`${path}\``] }
  },
}
