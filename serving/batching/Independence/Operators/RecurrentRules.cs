using MnistAdder.OnnxBatching.Independence.Flows;

namespace MnistAdder.OnnxBatching.Independence.Operators;

/// <summary>RNN, GRU and LSTM: [time, batch, n], or [batch, time, n] with layout 1.</summary>
internal static class RecurrentRules
{
    public static void AddTo(Dictionary<(string, string), Operation.Rule> rules) => rules.Add("", Recurrent, "RNN", "GRU", "LSTM");

    // (X, W, R, B, sequence_lens, initial_h, initial_c, P) to (Y, Y_h, Y_c)
    private static Flow[] Recurrent(Operation operation)
    {
        operation.RequireSame(1, 2, 3, 7);
        bool batchFirst = operation.Integer("layout", 0) != 0;
        int batch = batchFirst ? 0 : 1;
        Flow data = operation.Ranked(0);
        if (data.Shape!.Length != 3)
            throw operation.Unknown("has no sequences");
        Size hidden = operation.Attribute("hidden_size") is { } size ? Size.Of(size.I) : operation.Dimension(3);
        Size directions = Size.Of(operation.Text("direction", "forward") == "bidirectional" ? 2 : 1);
        Size time = data.Shape[1 - batch], rows = data.Shape[batch];
        Size[] all = batchFirst ? [rows, time, directions, hidden] : [time, directions, rows, hidden];
        Size[] last = batchFirst ? [rows, directions, hidden] : [directions, rows, hidden];
        if (operation.Inputs.All(input => input.Kind == FlowKind.Same))
            return [Flow.Same(all), Flow.Same(last)];
        if (data.Kind != FlowKind.PerRow || data.Axis != batch)
            throw operation.Mixed("goes along the rows in time");
        CheckRows(4, 0);
        CheckRows(5, batch);
        CheckRows(6, batch);
        Flow state = Flow.PerRow(last, batch, data.Outer);
        return [Flow.PerRow(all, batchFirst ? 0 : 2, data.Outer), state, state];

        void CheckRows(int index, int axis)
        {
            if (operation.Has(index) && (operation.Ranked(index) is not { Kind: FlowKind.PerRow } flow || flow.Axis != axis || !flow.HasRowsAs(data)))
                throw operation.Mixed("begins with states for another number of rows");
        }
    }
}
