using System.Globalization;
using System.Text;
using MnistAdder.Commands;
using Spectre.Console;

namespace MnistAdder.Scoring.Output;

/// <summary>Shows the first rows on a terminal, each with a small rendering of what the model was given; the rest it counts.</summary>
internal sealed class PictureTable : IRowWriter
{
    private const int Shown = 10;

    // Of 28×28 levels the middle 22, two by two: eleven columns, and two of eleven rows to a line.
    private const int FirstPixel = 3;
    private const int Cells = 11;
    private const int InkLevel = 60;

    private readonly IAnsiConsole _console;
    private readonly Table _table = new();
    private int _rows;

    /// <summary>Makes an empty table.</summary>
    /// <param name="console">Where it is shown.</param>
    public PictureTable(IAnsiConsole console)
    {
        _console = console;
        _table.Border(TableBorder.Simple);
        _table.AddColumns("picture", "path", "number", "digit", "sum", "doubt");
    }

    /// <inheritdoc/>
    public void Write(in OutputRow row)
    {
        if (++_rows > Shown)
            return;
        string path = Printable(row.Input.HasImage ? row.Input.Place : row.Input.ImagePath), number = Printable(row.Input.Number);
        if (row.Prediction is { } answer)
            _table.AddRow(Render(row.Pixels.Span), path, number, Sure(answer.Digit, answer.DigitConfidence), Sure(answer.Sum, answer.SumConfidence), row.Warning ?? "");
        else
            _table.AddRow("", path, number, "-", "-", Printable(row.Error!));
    }

    /// <inheritdoc/>
    public void Flush()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _console.Write(_table);
        if (_rows > Shown)
            _console.MarkupLineInterpolated($"… and {_rows - Shown} more: -o FILE writes all rows as CSV, and so does a pipe.");
    }

    /// <summary>Levels as block characters.</summary>
    /// <param name="pixels">28×28 levels.</param>
    internal static string Render(ReadOnlySpan<byte> pixels)
    {
        var text = new StringBuilder();
        for (int y = 0; y < Cells; y += 2)
        {
            for (int x = 0; x < Cells; x++)
                text.Append((IsInk(pixels, x, y), y + 1 < Cells && IsInk(pixels, x, y + 1)) switch { (true, true) => '█', (true, false) => '▀', (false, true) => '▄', _ => ' ' });
            text.Append('\n');
        }

        return text.ToString(0, text.Length - 1);
    }

    private static bool IsInk(ReadOnlySpan<byte> pixels, int x, int y)
    {
        int at = ((FirstPixel + (2 * y)) * MnistGeometry.Side) + FirstPixel + (2 * x);
        return pixels[at] + pixels[at + 1] + pixels[at + MnistGeometry.Side] + pixels[at + MnistGeometry.Side + 1] > 4 * InkLevel;
    }

    private static string Printable(string text) => Markup.Escape(TerminalText.OneLine(text));

    private static string Sure(long value, float confidence) => string.Create(CultureInfo.InvariantCulture, $"{value} ({100 * confidence:0.0} %)");
}
