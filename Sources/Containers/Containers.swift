// SPDX-License-Identifier: Apache-2.0

/// Files that carry other codecs' streams and a directory of them: TIFF, ZIP, DICOM …
///
/// One folder per format, as in `Codecs`.
internal import Codecs
