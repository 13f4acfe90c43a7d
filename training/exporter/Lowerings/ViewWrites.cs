namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Writes through views: the tensor that a view is of, with a new value of the view in it.</summary>
internal static class ViewWrites
{
    /// <summary>Whether a method that works in place gives its object another shape of the same elements.</summary>
    public static bool ChangesOnlyShape(string method) => method is "unsqueeze_" or "squeeze_" or "t_" or "transpose_" or "swapaxes_" or "swapdims_" or "detach_";

    /// <summary>Puts a view's new value back.</summary>
    /// <param name="view">The operation that gave the view.</param>
    /// <param name="output">Which of its results it is.</param>
    /// <param name="old">The old value of what it is a view of.</param>
    /// <param name="value">The view's new value.</param>
    public static OnnxValue Back(Operation view, int output, OnnxValue old, OnnxValue value)
    {
        if (view.Name is "view_as_complex" or "view_as_real")
            return value;
        if (view.IsComplex)
            throw NotSaid(view);
        switch (view.Name)
        {
            case "alias" or "detach" or "contiguous" or "to" or "requires_grad" or "with_requires_grad" or "cpu"
                or "dropout" or "dropout2d" or "dropout3d" or "alpha_dropout" or "feature_alpha_dropout":
                return value;
            case "view" or "reshape" or "flatten" or "unflatten" or "squeeze" or "unsqueeze" or "view_as" or "reshape_as" or "ravel":
                return view.ReshapeTo(value, view.OutputShape, view.SelfShape);
            case "transpose" or "permute" or "t" or "swapaxes" or "swapdims" or "movedim" or "adjoint" or "get_mT" or "get_mH":
            {
                long[] permutation = ShapeOperations.PermutationOf(view);
                var back = new long[permutation.Length];
                for (int i = 0; i < back.Length; i++)
                    back[permutation[i]] = i;
                return view.Graph.Transpose(value, back);
            }

            case "index":
                return IndexOperations.Back(view, old, value);
            case "narrow" or "slice" or "select" or "get_TensorItems" or "chunk" or "split" or "unbind" or "tensor_split" or "hsplit" or "vsplit" or "dsplit":
                return Slicing.Of(view, output) is { } slices
                    ? slices.Write(view, old, value)
                    : throw NotSaid(view);
            default:
                throw NotSaid(view);
        }
    }

    private static OnnxExportException NotSaid(Operation view) => view.NotSupported(
        $"something is written in place through what {view.MethodName} gives, which shares its elements", "Make a new tensor instead, as the same method without the underscore does");
}
