"""A picture as an object of a PDF (ISO 32000-1, 8.9.5): a JPEG as it is, else samples."""

from __future__ import annotations

from app.exporters.pdf.file import PdfFile, Ref
from app.exporters.pictures import raster_of
from app.values.pictures import JPEG, Picture


def image_object(file: PdfFile, picture: Picture) -> Ref:
    """Add a picture to a file. Raises DocumentError for bytes that are no picture."""
    raster = raster_of(picture)
    entries: dict[str, object] = {
        "Type": "XObject",
        "Subtype": "Image",
        "Width": raster.width,
        "Height": raster.height,
        "ColorSpace": "DeviceGray" if raster.grey else "DeviceRGB",
        "BitsPerComponent": 8,
    }
    if picture.mime == JPEG:
        packed = {**entries, "Filter": "DCTDecode"}
        return file.add_stream(picture.data, packed, packed=False)
    if raster.alpha is not None:
        mask = {**entries, "ColorSpace": "DeviceGray"}
        entries["SMask"] = file.add_stream(raster.alpha, mask)
    return file.add_stream(raster.samples, entries)
