using System.Globalization;
using System.Text;
using MnistAdder.Training.Base;

namespace MnistAdder.Training.Data.Synthetic;

/// <summary>Digits as single image files with a list of them: input to try a trained model on.</summary>
internal static class SampleImages
{
    /// <summary>Name of the list: CSV with the columns <c>path</c>, relative to the list's folder, and <c>number</c>.</summary>
    public const string ListName = "samples.csv";

    /// <summary>Writes each digit of a set as a 28×28 8-bit grey PNG, and the list of them last.</summary>
    /// <remarks>A file's name tells the digit: <c>00-seven.png</c> … so that a reader can judge the answers.</remarks>
    /// <param name="folder">The folder, made where it is missing; files of the same names are replaced.</param>
    /// <param name="digits">The digits to write.</param>
    /// <param name="seed">Chooses the number 0…9 to add to each.</param>
    /// <exception cref="UnwritableFileException">A file can't be written.</exception>
    public static void Write(string folder, DigitSet digits, long seed)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(digits);
        AtomicFile.RemoveAbandonedIn(folder, "*.png", ListName);
        var random = new SeededRandom(seed);
        var list = new StringBuilder("path,number\n");
        for (int i = 0; i < digits.Count; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{i:00}-{Words[digits.Labels[i]]}.png");
            GreyPng.Write(Path.Combine(folder, name), digits.Image(i), MnistGeometry.Side);
            list.Append(CultureInfo.InvariantCulture, $"{name},{random.NextInt(ModelContract.DigitClasses)}\n");
        }

        AtomicFile.WriteText(Path.Combine(folder, ListName), list.ToString());
    }

    private static readonly string[] Words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
}
