using System.Globalization;
using System.Text;

namespace MnistAdder.Scoring.Output;

/// <summary>Writes RFC 4180 in UTF-8 without a byte-order mark, lines ending with LF. A row without an answer has empty results.</summary>
internal sealed class CsvRowWriter : IRowWriter
{
    private readonly StreamWriter _text;
    private readonly OutputColumns _columns;
    private readonly char[] _number = new char[32];

    /// <summary>Begins a table.</summary>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="columns">The columns' names.</param>
    /// <param name="withHeader">Whether these come first.</param>
    public CsvRowWriter(Stream output, OutputColumns columns, bool withHeader = true)
    {
        _text = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 64 << 10, leaveOpen: true);
        _columns = columns;
        if (!withHeader)
            return;
        char before = '\0';
        foreach (string name in columns.All)
        {
            if (before != '\0')
                _text.Write(before);
            before = ',';
            Quote(name);
        }

        _text.Write('\n');
    }

    /// <inheritdoc/>
    public void Write(in OutputRow row)
    {
        foreach (int column in _columns.Kept)
        {
            Quote(row.Input.Text(column));
            _text.Write(',');
        }

        if (row.Prediction is { } answer)
        {
            Number(answer.Digit);
            _text.Write(',');
            Number(answer.DigitConfidence);
            _text.Write(',');
            Number(answer.Sum);
            _text.Write(',');
            Number(answer.SumConfidence);
            _text.Write(',');
        }
        else
        {
            _text.Write(",,,,");
        }

        Quote(row.Error ?? "");
        _text.Write(',');
        Quote(row.Warning ?? "");
        if (_columns.WithProbabilities)
        {
            Probabilities(row.Prediction?.DigitProbabilities, ModelContract.DigitClasses);
            Probabilities(row.Prediction?.SumProbabilities, ModelContract.SumClasses);
        }

        _text.Write('\n');
    }

    /// <inheritdoc/>
    public void Flush() => _text.Flush();

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();

    private void Probabilities(ReadOnlyMemory<float>? values, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _text.Write(',');
            if (values is { } known)
                Number(known.Span[i]);
        }
    }

    // The fewest digits that give back the same number.
    private void Number<T>(T value)
        where T : ISpanFormattable
    {
        value.TryFormat(_number, out int length, default, CultureInfo.InvariantCulture);
        _text.Write(_number, 0, length);
    }

    private void Quote(string field)
    {
        if (field.AsSpan().IndexOfAny(",\"\r\n") < 0)
        {
            _text.Write(field);
            return;
        }

        _text.Write('"');
        _text.Write(field.Replace("\"", "\"\"", StringComparison.Ordinal));
        _text.Write('"');
    }
}
