namespace MnistAdder.EndToEnd.Tests.Packages;

/// <summary>The committed sample images, whose digits their files' names tell: <c>03-seven.png</c>.</summary>
internal static class Sample
{
    private static readonly string[] s_words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

    /// <summary>The folder of the released model.</summary>
    public static string Release { get; } = Path.Combine(Repository.Root, "artifacts", "pretrained");

    /// <summary>The folder of the images and of <c>samples.csv</c>, which names them.</summary>
    public static string Folder { get; } = Path.Combine(Release, "samples");

    /// <summary>The first of the images.</summary>
    public static string Image { get; } = Directory.GetFiles(Folder, "*.png").Order(StringComparer.Ordinal).First();

    /// <summary>The digit that an image was drawn of.</summary>
    public static int DigitOf(string image) => Array.IndexOf(s_words, Path.GetFileNameWithoutExtension(image).Split('-')[1]);
}
