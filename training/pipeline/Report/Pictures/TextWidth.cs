namespace MnistAdder.Training.Report.Pictures;

/// <summary>How much room text needs, whatever the reader's font.</summary>
internal static class TextWidth
{
    // DejaVu Sans, the widest of the fonts in picture.css, in units for text of 12 units' height.
    private const double Character = 7;

    /// <summary>An upper bound of the width of a line of text, in a picture's units.</summary>
    public static double Of(string text) => text.Length * Character;
}
