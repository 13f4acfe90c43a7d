using System.Text;

namespace MnistAdder.Commands;

/// <summary>Makes visible what would steer a terminal, whatever is written: see <see cref="TerminalText"/>.</summary>
/// <param name="inner">Where it goes; stays open.</param>
/// <param name="dropsFailures">Whether it is where errors go: nobody can be told that they can't be told.</param>
internal sealed class TerminalWriter(TextWriter inner, bool dropsFailures) : TextWriter(inner.FormatProvider)
{
    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Write([value]);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    /// <inheritdoc/>
    public override void Write(string? value)
    {
        try
        {
            inner.Write(TerminalText.Visible(value ?? ""));
        }
        catch (Exception exception) when (dropsFailures && exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write(value + NewLine);

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();
}
