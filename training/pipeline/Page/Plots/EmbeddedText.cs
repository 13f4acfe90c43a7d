using System.Text;

namespace MnistAdder.Training.Page.Plots;

/// <summary>Text files that lie beside this class and are built into the program.</summary>
internal static class EmbeddedText
{
    /// <summary>Reads a file.</summary>
    /// <param name="name">Its name without folder, for instance <c>plot.css</c>.</param>
    public static string Read(string name)
    {
        using Stream stream = typeof(EmbeddedText).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
