import { CordonError } from '#kit'

export type SigmaErrorCode =
  | 'ERR_SIGMA_YAML'
  | 'ERR_SIGMA_RULE'
  | 'ERR_SIGMA_VERSION'
  | 'ERR_SIGMA_CONDITION'
  | 'ERR_SIGMA_MODIFIER'
  | 'ERR_SIGMA_VALUE'
  | 'ERR_SIGMA_PLACEHOLDER'
  | 'ERR_SIGMA_REGEX'
  | 'ERR_SIGMA_CORRELATION'
  | 'ERR_SIGMA_FILTER'
  | 'ERR_SIGMA_REFERENCE'
  | 'ERR_SIGMA_DUPLICATE'
  | 'ERR_SIGMA_LIMIT'

/** A rule that is refused. `path` leads to the fault inside its YAML document; the reader turns it into a line. */
export class SigmaError extends CordonError<SigmaErrorCode> {
  readonly path: readonly (string | number)[]

  constructor(
    code: SigmaErrorCode,
    message: string,
    options: { hint: string; place?: string; path?: readonly (string | number)[]; cause?: unknown },
  ) {
    const { path, ...rest } = options
    super(code, message, { ...rest, place: options.place ?? (path ?? []).join('.') })
    this.path = path ?? []
  }

  /** The same fault, told with the file and line it lies in. */
  at(place: string): SigmaError {
    return new SigmaError(this.code, this.message, { hint: this.hint ?? '', place, path: this.path, cause: this })
  }
}
