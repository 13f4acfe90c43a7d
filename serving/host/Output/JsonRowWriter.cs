using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using MnistAdder.Scoring.Tables;
using MnistAdder.Serving.DigitSums;

namespace MnistAdder.Scoring.Output;

/// <summary>Writes one JSON object per line: the input's columns as texts, but for the numbers to add and what has a type, the results as numbers, lists or null.</summary>
internal sealed class JsonRowWriter : IRowWriter
{
    private const int FullBuffer = 64 << 10;

    private readonly Stream _output;
    private readonly OutputColumns _columns;
    private readonly IReadOnlyList<string> _inputs;
    private readonly ArrayBufferWriter<byte> _buffer = new(2 * FullBuffer);
    private readonly Utf8JsonWriter _json;

    /// <summary>Makes a writer.</summary>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="columns">The members' names.</param>
    public JsonRowWriter(Stream output, OutputColumns columns)
    {
        _output = output;
        _columns = columns;
        _inputs = columns.InputMembers;
        // The lines are read by programs, not put into HTML: letters stay letters.
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <inheritdoc/>
    public void Write(in OutputRow row)
    {
        _json.WriteStartObject();
        for (int i = 0; i < _inputs.Count; i++)
            Write(_inputs[i], row.Input, _columns.Kept[i]);

        Prediction? answer = row.Prediction;
        Number(_columns.Digit, answer?.Digit);
        Number(_columns.DigitConfidence, answer?.DigitConfidence);
        Number(_columns.Sum, answer?.Sum);
        Number(_columns.SumConfidence, answer?.SumConfidence);
        _json.WriteString(_columns.Error, row.Error);
        _json.WriteString(_columns.Warning, row.Warning);
        if (_columns.WithProbabilities)
        {
            Numbers(_columns.DigitProbabilities, answer?.DigitProbabilities);
            Numbers(_columns.SumProbabilities, answer?.SumProbabilities);
        }

        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount >= FullBuffer)
            WriteOut();
    }

    /// <inheritdoc/>
    public void Flush()
    {
        WriteOut();
        _output.Flush();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        WriteOut();
    }

    private void Write(string name, InputRow row, int column)
    {
        string text = row.Text(column);
        if (row.IsNull(column))
            _json.WriteNull(name);
        else if (column == row.Table.Roles.Number && NumberColumn.Parse(text, out long number) is null)
            _json.WriteNumber(name, number);
        else if (row.Table.IsLiteral(column) && text is not ("NaN" or "Infinity" or "-Infinity"))
            Literal(name, text);
        else
            _json.WriteString(name, text);
    }

    private void Literal(string name, string text)
    {
        _json.WritePropertyName(name);
        _json.WriteRawValue(text);
    }

    private void WriteOut()
    {
        _output.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }

    private void Number(string name, long? value)
    {
        if (value is { } known)
            _json.WriteNumber(name, known);
        else
            _json.WriteNull(name);
    }

    private void Number(string name, float? value)
    {
        if (value is { } known)
            _json.WriteNumber(name, known);
        else
            _json.WriteNull(name);
    }

    private void Numbers(string name, ReadOnlyMemory<float>? values)
    {
        if (values is not { } known)
        {
            _json.WriteNull(name);
            return;
        }

        _json.WriteStartArray(name);
        foreach (float value in known.Span)
            _json.WriteNumberValue(value);
        _json.WriteEndArray();
    }
}
