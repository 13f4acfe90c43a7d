namespace MnistAdder.Training.Data;

/// <summary>How far the download of one file is.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Bytes">Bytes received so far; it begins again at 0 when another attempt is made.</param>
/// <param name="Total">Bytes of the whole file, where the mirror says it.</param>
public sealed record DownloadProgress(string File, long Bytes, long? Total);
