namespace MnistAdder.Training.Data;

/// <summary>What one of the four files holds.</summary>
/// <param name="Name">What messages call the file.</param>
/// <param name="Data">Grey levels of all images, 784 each, or a label 0…9 for each image.</param>
/// <param name="Sha256">Hash of the uncompressed file in lower-case hexadecimal.</param>
public sealed record MnistFileContent(string Name, byte[] Data, string Sha256);
