namespace MnistAdder.Benchmarks;

/// <summary>MNIST with its training images in another order: held out is always the end, so that turning them makes folds.</summary>
internal static class TurnedMnist
{
    private const int Pixels = MnistGeometry.Side * MnistGeometry.Side;

    /// <summary>Writes the four files, with the last training images in front of the others.</summary>
    /// <param name="data">The folder of MNIST's own, raw or gzipped.</param>
    /// <param name="count">How many images are the last.</param>
    /// <param name="folder">Where to write.</param>
    /// <returns>That folder.</returns>
    public static string Write(string data, int count, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach ((string set, int last) in new[] { ("train", count), ("t10k", 0) })
        {
            string images = $"{set}-images-idx3-ubyte", labels = $"{set}-labels-idx1-ubyte";
            IdxFile.WriteImages(Path.Combine(folder, images), Turned(IdxFile.ReadImages(Find(data, images)), last * Pixels));
            IdxFile.WriteLabels(Path.Combine(folder, labels), Turned(IdxFile.ReadLabels(Find(data, labels)), last));
        }

        return folder;
    }

    private static byte[] Turned(byte[] bytes, int last) => [.. bytes[^last..], .. bytes[..^last]];

    private static string Find(string folder, string name) => Path.Combine(folder, name) is var path && File.Exists(path) ? path : $"{path}.gz";
}
