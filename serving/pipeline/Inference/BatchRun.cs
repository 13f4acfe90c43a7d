using Microsoft.ML.OnnxRuntime;
using MnistAdder.Serving.Inference.Tensors;

namespace MnistAdder.Serving.Inference;

/// <summary>
/// Runs a model on the rows of one batch, with values over the rows' memory that are made once and kept as long as batches have the
/// same size. For one thread at a time.
/// </summary>
internal sealed class BatchRun : IDisposable
{
    private readonly BatchSession _session;
    private readonly TensorRows[] _inputs;
    private readonly OutputTensor[] _outputs;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly OrtValue?[] _inputValues;
    private readonly OrtValue?[] _outputValues;
    private readonly bool _isLive;
    private OrtIoBinding? _binding;

    // Rows that the values are over.
    private int _start;
    private int _count;

    /// <summary>Binds a session to the memory of a batch.</summary>
    /// <param name="session">The model.</param>
    /// <param name="inputs">All of the model's inputs.</param>
    /// <param name="outputs">The outputs that are wanted, at least one.</param>
    public BatchRun(BatchSession session, IReadOnlyList<TensorRows> inputs, IReadOnlyList<OutputTensor> outputs)
    {
        _session = session;
        _inputs = [.. inputs];
        _outputs = [.. outputs];
        _inputNames = [.. inputs.Select(input => input.Name)];
        _outputNames = [.. outputs.Select(output => output.Name)];
        _inputValues = new OrtValue?[_inputs.Length];
        _outputValues = new OrtValue?[_outputs.Length];
        _isLive = inputs.All(input => input.IsLive);
    }

    /// <summary>
    /// Runs the model on the first rows. Rows of different shapes go in as many runs as their order asks for, and rows that together
    /// don't fit into the device's memory in two.
    /// </summary>
    /// <param name="count">How many, at least 1.</param>
    /// <exception cref="InvalidOperationException">The model failed, or half of a batch doesn't fit either.</exception>
    public void Run(int count)
    {
        for (int start = 0; start < count;)
        {
            int most = Math.Min(count - start, _session.Limit.Rows);
            int rows = _isLive ? most : ShapeEnd(start, start + most) - start;
            Bind(start, rows);
            try
            {
                RunBound();
                start += rows;
            }
            catch (OutOfDeviceMemoryException) when (_session.Limit.TryHalve(rows))
            {
                // The same rows again, in smaller runs.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Release();

    private bool HasAllOutputs => Array.IndexOf(_outputValues, null) < 0;

    private int ShapeEnd(int start, int count)
    {
        int end = start + 1;
        while (end < count && _inputs.All(input => input.ContinuesShape(end)))
            end++;
        return end;
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
