using Microsoft.ML.OnnxRuntime;
using MnistAdder.OnnxBatching.Rows;
using MnistAdder.OnnxBatching.Tensors;

namespace MnistAdder.OnnxBatching.Inference;

/// <summary>
/// Runs a model on the rows of one batch, together as far as that is known to give what each row gives alone, with values over the
/// rows' memory that are made once and kept as long as batches have the same size. For one thread at a time.
/// </summary>
internal sealed class BatchRun : IDisposable
{
    private readonly BatchSession _session;
    private readonly InputTensor[] _inputs;
    private readonly OutputTensor[] _outputs;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly OrtValue?[] _inputValues;
    private readonly OrtValue?[] _outputValues;
    private readonly bool _isLive;

    // Axes of different inputs that have one name in the model, and so one size by its word, which what is proven of it relies on.
    private readonly (InputTensor First, int FirstAxis, InputTensor Second, int SecondAxis)[] _sameSizes;

    private OrtIoBinding? _binding;

    // Rows that the values are over.
    private int _start;
    private int _count;

    /// <summary>Binds a session to the memory of a batch.</summary>
    /// <param name="session">The model.</param>
    /// <param name="inputs">All of the model's inputs.</param>
    /// <param name="outputs">The outputs that are wanted, at least one.</param>
    public BatchRun(BatchSession session, IReadOnlyList<InputTensor> inputs, IReadOnlyList<OutputTensor> outputs)
    {
        _session = session;
        _inputs = [.. inputs];
        _outputs = [.. outputs];
        _inputNames = [.. inputs.Select(input => input.Name)];
        _outputNames = [.. outputs.Select(output => output.Name)];
        _inputValues = new OrtValue?[_inputs.Length];
        _outputValues = new OrtValue?[_outputs.Length];
        _isLive = inputs.All(input => input.IsLive);
        (InputTensor Input, int Axis, string Name)[] named = [.. inputs.SelectMany(input => input.Signature.Symbols.Select((name, axis) => (input, axis, name)).Where(axis => axis.axis > 0 && axis.name.Length > 0))];
        _sameSizes = [.. named.GroupBy(axis => axis.Name).SelectMany(axes => axes.Skip(1).Select(axis => (axes.First().Input, axes.First().Axis, axis.Input, axis.Axis)))];
    }

    private bool HasAllOutputs => Array.IndexOf(_outputValues, null) < 0;

    /// <summary>
    /// Runs the model on the first rows. Rows of different shapes go in as many runs as their order asks for, rows that together don't
    /// fit into the device's memory in two, and rows that may depend on each other each in one of its own.
    /// </summary>
    /// <param name="count">How many, at least 1.</param>
    /// <exception cref="RowFailedException">The model failed at a row; those before it have results.</exception>
    /// <exception cref="InvalidOperationException">The model failed at the first row, or half of a batch doesn't fit either.</exception>
    public void Run(int count)
    {
        for (int start = 0; start < count;)
        {
            int rows = RowsFrom(start, count);
            try
            {
                if (rows == 1)
                    RunTogether(start, 1);
                else if (_session.Rows.IsProven || _session.Rows.IsTrusted(ShapesFrom(start)))
                    RunTogetherOrAlone(start, rows);
                else
                    Check(start, rows);
                start += rows;
            }
            catch (OutOfDeviceMemoryException) when (_session.Limit.TryHalve(rows))
            {
                // The same rows again, in smaller runs.
            }
            catch (Exception exception) when (start > 0 && IsOfTheRows(exception))
            {
                throw new RowFailedException(start, exception);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Release();

    private static bool IsOfTheRows(Exception exception) => exception is InvalidDataException or InvalidOperationException and not ObjectDisposedException;

    // How many of the next rows may stand in one tensor.
    private int RowsFrom(int start, int count)
    {
        // An empty row may be an empty tensor, with no place for others.
        if (count - start == 1 || _session.Rows.Alone is not null || (!_isLive && Array.Exists(_inputs, input => input.LengthOf(start) == 0)))
            return 1;
        foreach ((InputTensor first, int firstAxis, InputTensor second, int secondAxis) in _sameSizes)
        {
            if (first.SizeOf(firstAxis, start) != second.SizeOf(secondAxis, start))
                return 1;
        }

        int end = Math.Min(count, (int)Math.Min(int.MaxValue, (long)start + _session.Limit.Rows));
        int next = _isLive ? end : start + 1;
        while (next < end && ContinuesShape(next))
            next++;
        return next - start;
    }

    private bool ContinuesShape(int row)
    {
        foreach (InputTensor input in _inputs)
        {
            if (input.LengthOf(row) != input.LengthOf(row - 1))
                return false;
        }

        return true;
    }

    private string ShapesFrom(int start) => $"{string.Join(' ', _inputs.Select(input => input.LengthOf(start)))}: {string.Join(' ', _outputNames)}";

    private void RunTogether(int start, int count)
    {
        Bind(start, count);
        RunBound();
    }

    // A row that can't be scored fails the whole run: alone it fails for itself, and the others don't.
    private void RunTogetherOrAlone(int start, int count)
    {
        string reason;
        try
        {
            RunTogether(start, count);
            return;
        }
        catch (InvalidOperationException exception) when (IsOfTheRows(exception) && exception is not OutOfDeviceMemoryException)
        {
            reason = exception.Message;
        }

        RunAlone(start, count);
        _session.Rows.Distrust(reason.TrimEnd('.'));
    }

    private void RunAlone(int start, int count)
    {
        for (int row = start; row < start + count; row++)
            Alone(row, () => RunTogether(row, 1));
    }

    private static void Alone(int row, Action run)
    {
        try
        {
            run();
        }
        catch (Exception exception) when (row > 0 && IsOfTheRows(exception))
        {
            throw new RowFailedException(row, exception);
        }
    }

    // Every row alone, which is its result, and all together to compare. Equal rows would come out equal however they are mixed.
    private void Check(int start, int count)
    {
        if (Enumerable.Range(start + 1, count - 1).All(row => Array.TrueForAll(_inputs, input => input.AreEqual(start, row))))
        {
            RunAlone(start, count);
            return;
        }

        string? difference = null;
        IDisposableReadOnlyCollection<OrtValue>? together = null;
        try
        {
            together = RunFreely(start, count);
        }
        catch (InvalidOperationException exception) when (IsOfTheRows(exception) && exception is not OutOfDeviceMemoryException)
        {
            difference = exception.Message.TrimEnd('.');
        }

        using (together)
        {
            for (int row = start; row < start + count; row++)
            {
                Alone(row, () =>
                {
                    using IDisposableReadOnlyCollection<OrtValue> alone = RunFreely(row, 1);
                    for (int i = 0; i < _outputs.Length; i++)
                    {
                        if (difference is null && !RowComparison.IsSame(together![i], row - start, count, alone[i]))
                            difference = $"the output '{_outputs[i].Name}' of a row among {count} isn't the one that it has alone";
                        _outputs[i].Take(alone[i], row, 1);
                    }
                });
            }
        }

        if (difference is null)
            _session.Rows.Trust(ShapesFrom(start));
        else
            _session.Rows.Distrust(difference);
    }

    private IDisposableReadOnlyCollection<OrtValue> RunFreely(int start, int count)
    {
        Bind(start, count);
        return _session.Run(_inputNames, _inputValues!, _outputNames);
    }

    private void Bind(int start, int count)
    {
        if (_isLive && start == _start && count == _count)
            return;

        _count = 0;
        Release();
        for (int i = 0; i < _inputs.Length; i++)
            _inputValues[i] = _inputs[i].CreateValue(start, count);
        for (int i = 0; i < _outputs.Length; i++)
            _outputValues[i] = _outputs[i].CreateValue(start, count);
        if (_isLive && HasAllOutputs)
            _binding = _session.Bind(_inputNames, _inputValues!, _outputNames, _outputValues!);
        _start = start;
        _count = count;
    }

    private void RunBound()
    {
        if (_binding is not null)
        {
            _session.Run(_binding);
            return;
        }

        if (HasAllOutputs)
        {
            _session.Run(_inputNames, _inputValues!, _outputNames, _outputValues!);
            return;
        }

        using IDisposableReadOnlyCollection<OrtValue> values = _session.Run(_inputNames, _inputValues!, _outputNames);
        for (int i = 0; i < _outputs.Length; i++)
            _outputs[i].Take(values[i], _start, _count);
    }

    private void Release()
    {
        _binding?.Dispose();
        _binding = null;
        Release(_inputValues);
        Release(_outputValues);
    }

    private static void Release(OrtValue?[] values)
    {
        foreach (OrtValue? value in values)
            value?.Dispose();
        Array.Clear(values);
    }
}
