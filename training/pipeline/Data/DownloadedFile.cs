namespace MnistAdder.Training.Data;

/// <summary>A file from a mirror that has been checked.</summary>
/// <param name="Address">Where it came from.</param>
/// <param name="Bytes">The file as it was served.</param>
/// <param name="Content">What it holds.</param>
internal sealed record DownloadedFile(Uri Address, byte[] Bytes, MnistFileContent Content);
