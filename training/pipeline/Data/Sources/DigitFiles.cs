using System.Security.Cryptography;
using System.Text;

namespace MnistAdder.Training.Data.Sources;

/// <summary>Four files put together to one data set.</summary>
internal static class DigitFiles
{
    /// <summary>The name of a data set whose four files are MNIST's own.</summary>
    public const string Mnist = "mnist";

    /// <summary>Checks that images and labels belong together and names the whole.</summary>
    /// <param name="files">Training images, training labels, test images, test labels.</param>
    /// <param name="source">For people: where they came from.</param>
    /// <returns>The digits, named <c>mnist</c> if all four contents are MNIST's own, else <c>idx-</c> and a content hash.</returns>
    /// <exception cref="InvalidDataException">Images and labels are not of the same count.</exception>
    public static DigitDataset Combine(IReadOnlyList<MnistFileContent> files, string source)
    {
        ArgumentNullException.ThrowIfNull(files);
        if (files is not [var trainingImages, var trainingLabels, var testImages, var testLabels])
            throw new ArgumentException($"{files.Count} files are not the four of a data set.", nameof(files));
        return new DigitDataset(Name(files), source, Pair(trainingImages, trainingLabels), Pair(testImages, testLabels));
    }

    /// <summary>Names digits that came otherwise by their grey levels and labels, in their order.</summary>
    /// <param name="kind">What the name begins with.</param>
    /// <param name="training">What is learnt from.</param>
    /// <param name="test">What is judged on.</param>
    /// <returns>The kind and the hash that the same digits have as four files, so that nothing but the digits shows in it.</returns>
    public static string NameOf(string kind, DigitSet training, DigitSet test) => ContentName(
        kind,
        [
            MnistFile.TrainingImages.ContentHash(training.Images), MnistFile.TrainingLabels.ContentHash(training.Labels),
            MnistFile.TestImages.ContentHash(test.Images), MnistFile.TestLabels.ContentHash(test.Labels),
        ]);

    private static DigitSet Pair(MnistFileContent images, MnistFileContent labels)
    {
        int count = images.Data.Length / MnistGeometry.PixelCount;
        if (count != labels.Data.Length)
            throw new InvalidDataException($"{images.Name} holds {count} images, but {labels.Name} holds {labels.Data.Length} labels.");
        return new DigitSet(images.Data, labels.Data);
    }

    private static string Name(IReadOnlyList<MnistFileContent> files)
    {
        if (files.Zip(MnistFile.All).All(pair => pair.First.Sha256 == pair.Second.Sha256))
            return Mnist;
        return ContentName("idx", files.Select(file => file.Sha256));
    }

    private static string ContentName(string kind, IEnumerable<string> hashes) =>
        $"{kind}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(hashes))))[..12]}";
}
