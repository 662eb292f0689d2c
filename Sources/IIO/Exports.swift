// SPDX-License-Identifier: Apache-2.0

// `import IIO` is enough for everything.
@_exported public import Codecs
@_exported public import Containers
