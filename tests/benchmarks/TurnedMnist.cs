using System.IO.Compression;

namespace MnistAdder.Benchmarks;

/// <summary>MNIST with its training images in another order: held out is always the end, so that turning them makes folds.</summary>
internal static class TurnedMnist
{
    private static readonly (string Name, int Header, int Bytes)[] s_files =
    [
        ("train-images-idx3-ubyte", 16, 28 * 28), ("train-labels-idx1-ubyte", 8, 1), ("t10k-images-idx3-ubyte", 16, 0), ("t10k-labels-idx1-ubyte", 8, 0),
    ];

    /// <summary>Writes the four files, with the last training images in front of the others.</summary>
    /// <param name="data">The folder of MNIST's own, raw or gzipped.</param>
    /// <param name="count">How many images are the last.</param>
    /// <param name="folder">Where to write.</param>
    /// <returns>That folder.</returns>
    public static string Write(string data, int count, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach ((string name, int header, int bytes) in s_files)
        {
            byte[] file = Read(Path.Combine(data, name));
            int middle = file.Length - (count * bytes);
            File.WriteAllBytes(Path.Combine(folder, name), [.. file[..header], .. file[middle..], .. file[header..middle]]);
        }

        return folder;
    }

    private static byte[] Read(string path)
    {
        if (File.Exists(path))
            return File.ReadAllBytes(path);
        using var content = new MemoryStream();
        using var packed = new GZipStream(File.OpenRead($"{path}.gz"), CompressionMode.Decompress);
        packed.CopyTo(content);
        return content.ToArray();
    }
}
